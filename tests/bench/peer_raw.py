"""The same router with raw strings instead of typed fields, still on QuickFIX's own threads."""

from __future__ import annotations

import time

import quickfix as fix

from tests.bench.peer_typed import Parent, Router, main

SOH = "\x01"


class RawRouter(Router):
    def fromApp(self, message, session_id):
        fields = dict(field.split("=", 1) for field in message.toString().split(SOH) if field)
        if fields["35"] == "D":
            self.raw_order(fields)
        elif fields["35"] == "8":
            self.raw_report(fields)

    def raw_order(self, fields):
        parent = Parent(fields["11"], fields["55"], fields["54"], int(fields["38"]))
        self.parents[parent.cl_ord_id] = parent
        now = time.strftime("%Y%m%d-%H:%M:%S", time.gmtime())
        for number, venue in enumerate(self.venues):
            body = (
                f"8=FIX.4.4|9=0|35=D|11={parent.cl_ord_id}-{number}|38={parent.qty // 3}|40={fields['40']}|44={fields['44']}|"
                f"54={parent.side}|55={parent.symbol}|59={fields['59']}|60={now}|10=000|"
            )
            fix.Session.sendToTarget(fix.Message(body.replace("|", SOH), False), venue)

    def raw_report(self, fields):
        parent = self.parents[fields["11"].rsplit("-", 1)[0]]
        if fields["17"] in parent.exec_ids:
            return
        parent.exec_ids.add(fields["17"])
        parent.children[fields["11"]] = (fields["39"], int(fields["14"]), int(fields["151"]))
        if fields["150"] == "0":
            if not parent.announced:
                parent.announced = True
                self.raw_up(parent, "0", 0, 0.0)
        elif fields["150"] == "F":
            qty, price = int(fields["32"]), float(fields["31"])
            parent.cum += qty
            parent.notional += qty * price
            self.raw_up(parent, "F", qty, price)

    def raw_up(self, parent, exec_type, last_qty, last_px):
        self.exec_id += 1
        status = "0" if not parent.cum else "2" if parent.cum == parent.qty else "1"
        average = parent.notional / parent.cum if parent.cum else 0
        now = time.strftime("%Y%m%d-%H:%M:%S", time.gmtime())
        body = (
            f"8=FIX.4.4|9=0|35=8|6={average}|11={parent.cl_ord_id}|14={parent.cum}|17={self.exec_id}|31={last_px}|"
            f"32={last_qty}|37={parent.cl_ord_id}|38={parent.qty}|39={status}|54={parent.side}|55={parent.symbol}|"
            f"60={now}|150={exec_type}|151={parent.qty - parent.cum}|10=000|"
        )
        fix.Session.sendToTarget(fix.Message(body.replace("|", SOH), False), self.oms)
        if parent.cum == parent.qty:
            del self.parents[parent.cl_ord_id]


if __name__ == "__main__":
    main(RawRouter)
