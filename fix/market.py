"""Market data in one canonical form, as `fix.business` has the orders. Named tuples: they travel by the thousand."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from fix.enums import MDEntryType, MDUpdateAction


class MDEntry(NamedTuple):
    """One entry of MarketDataSnapshotFullRefresh(W) or MarketDataIncrementalRefresh(X).

    `entry_id` is MDEntryID(278), `rpt_seq` RptSeq(83) of an X; "" and 0 where the venue sends none. A change or a
    deletion that has an `entry_id` may leave out `entry_type` (None) and `price` (0): what it names has them. Else
    `entry_type` None is an entry of a kind that we have no use for, but whose number counts.
    """

    entry_type: MDEntryType | None
    price: Decimal
    size: Decimal
    action: MDUpdateAction = MDUpdateAction.NEW
    symbol: str = ""
    entry_id: str = ""
    rpt_seq: int = 0


class MarketData(NamedTuple):
    """W when `snapshot`, else X. In a W every entry concerns `symbol`; in an X each entry names its own.

    `rpt_seq`: RptSeq(83) of the last update that a W holds, None where it does not say.
    """

    snapshot: bool
    symbol: str
    entries: tuple[MDEntry, ...]
    rpt_seq: int | None = None
