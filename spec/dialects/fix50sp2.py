"""FIX 5.0 SP2 over FIXT.1.1.

The order messages we speak carry the same tags as in 4.4; what differs is the transport: BeginString(8) is FIXT.1.1 and
the application version travels in DefaultApplVerID(1137)=9 at Logon. A snapshot W says when the book stood like this,
in LastUpdateTime(779), and a report on a mass cancel has a MassActionReportID(1369).
"""

from __future__ import annotations

from spec.dialects.base import Dialect


class Fix50SP2(Dialect):
    name = "FIX.5.0SP2"
    begin_string = "FIXT.1.1"
    default_appl_ver_id = "9"
    _last_update_time = True
    _mass_action_report_id = True
