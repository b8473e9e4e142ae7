"""The catalogue: sourced kinetics, a basket near the sourced order value, all wrong rows named at once."""

import copy
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from agents.catalogue import generic_catalogue, load_catalogue, parse_catalogue
from agents.catalogue_checks import top_tercile
from agents.sourced import load_records, load_table, read_yaml
from sim.errors import InputError

ZONES = {"blueberry": "cold", "watermelon": "cool", "banana": "cool", "honeydew": "cool", "tomato": "cool",
         "fresh_milk": "cold", "salmon": "cold", "rice": "ambient", "ice_cream": "frozen"}  # fmt: skip


@pytest.fixture
def raw() -> dict[str, Any]:
    return copy.deepcopy(read_yaml("catalogue"))


def test_kinetics_are_the_sourced_ones() -> None:
    catalogue, products = load_catalogue(), load_records("postharvest")
    for row in np.flatnonzero(catalogue.fresh):
        product = products[str(catalogue.kinetics[row])]
        assert catalogue.life_ref_d[row] == product["life_ref_d"].value
        assert catalogue.ea_kj_mol[row] == product["ea_kj_mol"].value
        assert catalogue.t_ref_c[row] == product["t_ref_c"].value
    assert catalogue.t_chill_c[catalogue.index("cucumber")] == 10.0
    assert catalogue.t_chill_c[catalogue.index("blueberry")] == -np.inf


def test_ambient_goods_use_up_no_life() -> None:
    catalogue = load_catalogue()
    ambient = ~catalogue.fresh
    assert ambient.sum() == 21
    assert np.all(1.0 / catalogue.life_ref_d[ambient] == 0.0)
    assert np.all(np.isfinite(catalogue.t_ref_c)) and np.all(catalogue.ea_kj_mol[ambient] == 0.0)


def test_three_packs_come_near_the_sourced_order_value() -> None:
    catalogue, order = load_catalogue(), load_table("operations")["order_value"]
    households = load_table("households")
    share = {"everyone": 1.0, "infant": float(households["infant_share"]), "pets": float(households["pet_share"])}
    packs = catalogue.base_weight * np.array([share[str(who)] for who in catalogue.buyers])
    packs = packs / packs.sum()
    basket = 3 * float(packs @ catalogue.price_fen) / 100
    assert order.low is not None and order.high is not None and order.value is not None
    assert order.low <= basket <= order.high
    assert basket == pytest.approx(order.value, rel=0.1)


def test_money_falls_from_shelf_to_farm() -> None:
    catalogue, markup = load_catalogue(), float(load_table("operations")["markup_veg"])
    assert np.all(catalogue.price_fen > catalogue.wholesale_fen)
    assert np.all(catalogue.wholesale_fen >= catalogue.farm_gate_fen)
    produce = np.isin(catalogue.category, ["berries", "melons", "leafy_greens", "fruit_vegetables"])
    assert np.allclose(catalogue.price_fen[produce] / catalogue.wholesale_fen[produce], markup, rtol=2e-3)
    assert np.all(catalogue.farm_gate_fen > 0)


def test_premium_candidates_are_the_top_price_tercile_of_their_category() -> None:
    catalogue = load_catalogue()
    assert catalogue.premium_candidate.sum() == 15 and catalogue.tier[catalogue.premium_candidate].all()
    for row in np.flatnonzero(catalogue.premium_candidate):
        rivals = catalogue.price_fen[catalogue.category_id == catalogue.category_id[row]]
        assert (rivals > catalogue.price_fen[row]).sum() < len(rivals) / 3 and len(rivals) >= 3


def test_a_policy_sees_no_truth() -> None:
    catalogue = load_catalogue()
    table = catalogue.to_arrow()
    assert table.num_rows == catalogue.n
    assert not {"attributes", "base_weight"} & set(table.column_names)
    assert table["t_chill_c"].null_count == int((~np.isfinite(catalogue.t_chill_c)).sum())
    assert table["name_zh"][0].as_py() == "蓝莓"


def test_columns_are_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        load_catalogue().price_fen[0] = 1


def test_unknown_code_offers_the_nearest() -> None:
    with pytest.raises(InputError) as error:
        load_catalogue().index("bluebery")
    assert error.value.problems[0].nearest == "blueberry"


def test_all_wrong_rows_are_named_at_once(raw: dict[str, Any]) -> None:
    rows = raw["skus"]
    rows[0]["pack_mass_g"] = -125
    rows[1]["price_fen"] = [9000, 1000, 2000]
    rows[2]["kinetics"] = "sweet_chery"
    rows[3]["sku"] = 1
    rows[4]["colour"] = "green"
    rows[5]["attributes"] = [0.1, 2.0, 0.0, 0.0]
    rows[16]["kinetics"] = "mango"
    del rows[7]["origin"]
    raw["columns"]["price_fen"]["grade"] = "Z"
    rows[8]["name_zh"] = rows[7]["name_zh"]
    rows[7]["premium"] = True
    rows[10]["storage"] = "frozen"
    raw["categories"]["pets"]["cycle_days"] = [25, 30, 40]
    raw["categories"]["dairy"]["buyers"] = "cows"
    raw["categories"]["baby_food"]["child_months"] = [36, 6]
    del raw["categories"]["milk_powder"]["child_months"]
    with pytest.raises(InputError) as error:
        parse_catalogue(raw)
    text = str(error.value)
    for piece in (
        "catalogue.yaml: row 1 (blueberry).pack_mass_g: must be a whole number of grams above 0, not -125",
        "row 2 (strawberry).price_fen: 9000 lies outside its limits 1000 to 2000",
        "row 3 (sweet_cherry).kinetics: unknown product 'sweet_chery' (did you mean 'sweet_cherry'?)",
        "row 4 (hami_melon).sku: must be 3",
        "row 5 (watermelon).colour: unknown column",
        "row 6 (peach).attributes: must be 7 numbers",
        "row 8 (lettuce).origin: missing",
        "row 17 (rice).kinetics: must be empty",
        "columns.price_fen: needs",
        "row 9 (spinach).name_zh: 生菜 stands in row 8 already",
        "row 8 (lettuce).premium: 490 fen is not in the top price tercile of leafy_greens",
        "row 11 (tomato).storage: ambient or frozen, for goods that are not fresh",
        "categories.pets.cycle_days: must be value, low, high",
        "categories.dairy.buyers: must be one of everyone, infant, pets",
        "categories.baby_food.child_months: must be the ages",
        "categories.milk_powder.child_months: goes with buyers: infant",
    ):
        assert piece in text


def test_an_empty_catalogue_is_refused() -> None:
    with pytest.raises(InputError, match="no rows"):
        parse_catalogue({"categories": [], "skus": []})


def test_the_hot_path_does_not_import_pandas() -> None:
    code = "import sys, agents.catalogue as c; c.load_catalogue(); sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_anonymous_products_are_generic_produce_at_one_price() -> None:
    catalogue = generic_catalogue(np.array([3, 8, 900]), np.array([5, 2, 5]))
    assert catalogue.n == 3 and catalogue.sku.tolist() == [0, 1, 2]
    assert catalogue.categories == ("category_2", "category_5") and catalogue.category_id.tolist() == [1, 0, 1]
    generic = load_records("postharvest")["generic_produce"]
    assert set(catalogue.life_ref_d.tolist()) == {generic["life_ref_d"].value}
    assert set(catalogue.price_fen.tolist()) == {round(100 * float(load_table("world")["replay_price"]))}
    assert catalogue.to_arrow().schema.equals(load_catalogue().to_arrow().schema)


def test_goods_are_kept_where_their_optimum_lies() -> None:
    catalogue = load_catalogue()
    zones = {code: str(catalogue.storage[catalogue.index(code)]) for code in ZONES}
    assert zones == ZONES
    assert np.isin(catalogue.storage[catalogue.fresh], ["cold", "cool"]).all()
    suffers = catalogue.fresh & (catalogue.t_chill_c >= 5.0)
    assert (catalogue.storage[suffers] == "cool").all()


def test_every_stored_product_of_the_sources_is_sold() -> None:
    assert set(load_catalogue().kinetics.tolist()) - {""} == set(load_records("postharvest"))


def test_children_under_six_months_have_no_use_for_baby_food() -> None:
    catalogue = load_catalogue()
    infant = catalogue.buyers == "infant"
    ages = {str(c): (f, u) for c, f, u in zip(catalogue.category[infant], catalogue.child_from_months[infant],
                                              catalogue.child_until_months[infant], strict=True)}
    assert ages == {"milk_powder": (0.0, 36.0), "baby_food": (6.0, 36.0)}
    others = catalogue.child_from_months[~infant], catalogue.child_until_months[~infant]
    assert np.isinf(others).all()


def test_a_category_of_two_has_no_terciles() -> None:
    price, category = np.array([5, 9, 1, 2, 3, 3, 3]), np.array([0, 0, 1, 1, 1, 2, 2])
    assert top_tercile(price, category).tolist() == [False, False, False, False, True, False, False]
