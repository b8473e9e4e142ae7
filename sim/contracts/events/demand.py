"""What residents do at the app and the counter, and what the network promised them."""

from __future__ import annotations

import pyarrow as pa

from sim.contracts.events.schema import FEN, MEMBER, PACKS, SHOP, SKU, event, field

TABLES: dict[str, pa.Schema] = {
    "promotion": event(
        "a SKU was promoted in a shop all day, at the price shown",
        SHOP,
        SKU,
        field("price_fen", pa.int64(), "price of the day", "fen"),
        field("list_fen", pa.int64(), "list price", "fen"),
        bulk=True,
    ),
    "exposure": event(
        "a SKU stood in a slate in front of a member",
        MEMBER,
        SHOP,
        SKU,
        field("position", pa.int16(), "place in the slate, 0 is the top"),
        field("price_fen", pa.int64(), "price shown", "fen"),
        field("policy", pa.string(), "who made the slate, or listing for the assortment behind it"),
        field(
            "propensity",
            pa.float64(),
            "chance of that SKU in that place given the places above, null where the policy gave none",
            nullable=True,
        ),
        panel_key="member",
    ),
    "weather_forecast": event(
        "the weather service's forecast of a day, published at 23:00; lead 0 is what was measured that day",
        field("target_day", pa.int32(), "business day that is forecast", "day"),
        field("lead", pa.int16(), "days ahead of the day of issue", "day"),
        field("mean_c", pa.float64(), "mean temperature", "degC"),
        field("max_c", pa.float64(), "highest hourly temperature", "degC"),
        field("rain_mm", pa.float64(), "rain", "mm"),
        field("rh", pa.float64(), "mean relative humidity", "%"),
    ),
    "search_index": event(
        "how often goods of a category were searched for on the day before, over the usual level",
        field("category", pa.int16(), "number of the category in the catalogue"),
        field("index", pa.float64(), "searches, 1 is usual"),
    ),
    "click": event(
        "a member opened a SKU of the slate",
        MEMBER,
        SHOP,
        SKU,
        field("position", pa.int16(), "place in the slate, 0 is the top"),
        field("policy", pa.string(), "who made the slate, or listing for the assortment behind it"),
        panel_key="member",
    ),
    "order_line": event(
        "a member ordered one pack ahead (pre-order or group-buy), paid at once; an order has a line a pack",
        field("line", pa.int64(), "order line id"),
        field("order", pa.int64(), "order id: the lines of one basket share it"),
        MEMBER,
        SHOP,
        SKU,
        PACKS,
        FEN,
        field("due_day", pa.int32(), "business day of the promised pick-up", "day"),
        field("candidate", pa.int64(), "group-buy candidate, -1 for an ordinary line"),
        panel_key="member",
    ),
    "pos_sale": event(
        "packs sold over the counter; member is -1 where the till did not learn who bought",
        field("basket", pa.int64(), "till receipt id"),
        MEMBER,
        SHOP,
        SKU,
        PACKS,
        FEN,
        panel_key="member",
    ),
    "line_end": event(
        "an order line came to its one end; unclaimed packs waited too long, were given up and stay paid",
        field("line", pa.int64(), "order line id"),
        MEMBER,
        SHOP,
        SKU,
        PACKS,
        FEN,
        field("end", pa.string(), "handed_over, short, spoiled_waiting (not fetched), group_failed or unclaimed"),
        panel_key="member",
    ),
    "group_buy": event(
        "a premium candidate was opened or closed",
        field("candidate", pa.int64(), "candidate id"),
        SHOP,
        SKU,
        field("status", pa.string(), "not_opened, opened, succeeded or failed"),
        PACKS,
        field("joiners", pa.int64(), "members who joined so far"),
    ),
    "message": event(
        "a group-buy message went to a member",
        field("candidate", pa.int64(), "candidate id"),
        MEMBER,
        SHOP,
        panel_key="member",
    ),
    "stock_out": event(
        "a SKU's shelf was found empty during a session although the shop lists it",
        SHOP,
        SKU,
        field("hours", pa.float64(), "opening hours with an empty shelf", "h"),
        bulk=True,
    ),
}
