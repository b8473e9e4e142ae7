"""What a household expects of a product, for kernels."""

from __future__ import annotations

from sim.jit import device


@device
def expected(belief, memory, row, slot, sku, weight):  # type: ignore[no-untyped-def]
    """Quality that resident ``row`` expects of ``sku``: the belief, drawn to the product's memory by ``weight``.

    ``belief`` and ``memory`` as ``agents.residents.beliefs`` packs them.
    """
    quality = (belief[row, slot] >> 4) / 4095.0
    for k in range(memory.shape[1]):
        kept = memory[row, k]
        if kept != 0 and (kept >> 6) - 1 == sku:
            quality += weight * ((kept & 63) / 63.0 - quality)
    return quality
