"""Orders as a simulated venue gets them."""

from __future__ import annotations

from decimal import Decimal

from fix.business import NewOrderSingle
from fix.enums import OrdType, Side, TimeInForce

AT = 1_700_000_000_000_000_000


def order(cl_ord_id: str = "C1", qty: int = 100, price: str = "10.00", **more: object) -> NewOrderSingle:
    """BUY LIMIT ACME for the day."""
    made = NewOrderSingle(
        cl_ord_id=cl_ord_id,
        symbol="ACME",
        side=Side.BUY,
        order_qty=Decimal(qty),
        ord_type=OrdType.LIMIT,
        price=Decimal(price),
        time_in_force=TimeInForce.DAY,
        transact_time=AT,
    )
    return made._replace(**more)  # type: ignore[arg-type]
