"""A router as QuickFIX's own Python examples show it: its threads, typed fields, quickfix44 messages, a file log.

It keeps what any router must: which fills it has had, what each child has done. The store is in memory.
"""

from __future__ import annotations

import sys
import tempfile
import time

import quickfix as fix
import quickfix44 as fix44


class Parent:
    def __init__(self, cl_ord_id: str, symbol: str, side: str, qty: int) -> None:
        self.cl_ord_id, self.symbol, self.side, self.qty = cl_ord_id, symbol, side, qty
        self.cum, self.notional, self.announced = 0, 0.0, False
        self.exec_ids: set[str] = set()
        self.children: dict[str, tuple] = {}  # ClOrdID → OrdStatus, CumQty, LeavesQty


class Router(fix.Application):
    def __init__(self) -> None:
        super().__init__()
        self.parents: dict[str, Parent] = {}
        self.oms = None
        self.venues: list = []
        self.exec_id = 0

    def onCreate(self, session_id):
        pass

    def onLogon(self, session_id):
        kept = fix.SessionID(
            session_id.getBeginString().getValue(),
            session_id.getSenderCompID().getValue(),
            session_id.getTargetCompID().getValue(),
        )
        if session_id.getTargetCompID().getValue() == "OMS":
            self.oms = kept
        else:
            self.venues.append(kept)

    def onLogout(self, session_id):
        pass

    def toAdmin(self, message, session_id):
        pass

    def toApp(self, message, session_id):
        pass

    def fromAdmin(self, message, session_id):
        pass

    def fromApp(self, message, session_id):
        msg_type = fix.MsgType()
        message.getHeader().getField(msg_type)
        # No lock: a parent stands in the table before its children leave, and all reports come on the initiator's thread.
        # One held around sendToTarget would wait for the session that waits for it.
        if msg_type.getValue() == fix.MsgType_NewOrderSingle:
            self.on_order(message)
        elif msg_type.getValue() == fix.MsgType_ExecutionReport:
            self.on_report(message)

    def on_order(self, message):
        cl_ord_id, symbol, side = fix.ClOrdID(), fix.Symbol(), fix.Side()
        qty, price, ord_type, time_in_force = fix.OrderQty(), fix.Price(), fix.OrdType(), fix.TimeInForce()
        for field in (cl_ord_id, symbol, side, qty, price, ord_type, time_in_force):
            message.getField(field)
        parent = Parent(cl_ord_id.getValue(), symbol.getValue(), side.getValue(), int(qty.getValue()))
        self.parents[parent.cl_ord_id] = parent
        for number, venue in enumerate(self.venues):
            child = fix44.NewOrderSingle()
            child.setField(fix.ClOrdID(f"{parent.cl_ord_id}-{number}"))
            child.setField(fix.Symbol(parent.symbol))
            child.setField(fix.Side(parent.side))
            child.setField(fix.TransactTime())
            child.setField(fix.OrdType(ord_type.getValue()))
            child.setField(fix.OrderQty(parent.qty // 3))
            child.setField(fix.Price(price.getValue()))
            child.setField(fix.TimeInForce(time_in_force.getValue()))
            fix.Session.sendToTarget(child, venue)

    def on_report(self, message):
        cl_ord_id, exec_id, exec_type, status = fix.ClOrdID(), fix.ExecID(), fix.ExecType(), fix.OrdStatus()
        cum, leaves = fix.CumQty(), fix.LeavesQty()
        for field in (cl_ord_id, exec_id, exec_type, status, cum, leaves):
            message.getField(field)
        parent = self.parents[cl_ord_id.getValue().rsplit("-", 1)[0]]
        if exec_id.getValue() in parent.exec_ids:
            return
        parent.exec_ids.add(exec_id.getValue())
        parent.children[cl_ord_id.getValue()] = (status.getValue(), cum.getValue(), leaves.getValue())
        if exec_type.getValue() == fix.ExecType_NEW:
            if not parent.announced:
                parent.announced = True
                self.report(parent, fix.ExecType_NEW, 0, 0.0)
        elif exec_type.getValue() == fix.ExecType_TRADE:
            qty, price = fix.LastQty(), fix.LastPx()
            message.getField(qty)
            message.getField(price)
            parent.cum += int(qty.getValue())
            parent.notional += qty.getValue() * price.getValue()
            self.report(parent, fix.ExecType_TRADE, qty.getValue(), price.getValue())

    def report(self, parent, exec_type, last_qty, last_px):
        self.exec_id += 1
        status = fix.OrdStatus_NEW
        if parent.cum:
            status = fix.OrdStatus_FILLED if parent.cum == parent.qty else fix.OrdStatus_PARTIALLY_FILLED
        report = fix44.ExecutionReport()
        report.setField(fix.OrderID(parent.cl_ord_id))
        report.setField(fix.ClOrdID(parent.cl_ord_id))
        report.setField(fix.ExecID(str(self.exec_id)))
        report.setField(fix.ExecType(exec_type))
        report.setField(fix.OrdStatus(status))
        report.setField(fix.Symbol(parent.symbol))
        report.setField(fix.Side(parent.side))
        report.setField(fix.OrderQty(parent.qty))
        report.setField(fix.CumQty(parent.cum))
        report.setField(fix.LeavesQty(parent.qty - parent.cum))
        report.setField(fix.AvgPx(parent.notional / parent.cum if parent.cum else 0))
        report.setField(fix.LastQty(last_qty))
        report.setField(fix.LastPx(last_px))
        report.setField(fix.TransactTime())
        fix.Session.sendToTarget(report, self.oms)
        if parent.cum == parent.qty:
            del self.parents[parent.cl_ord_id]


LOGS = tempfile.mkdtemp(prefix="peer-")
DEFAULTS = {
    "FileLogPath": LOGS,
    "NonStopSession": "Y",
    "UseDataDictionary": "N",
    "HeartBtInt": "30",
    "SocketNodelay": "Y",
}


def dictionary(values: dict[str, str]):
    made = fix.Dictionary()
    for key, value in values.items():
        made.setString(key, value)
    return made


def acceptor_settings(port: int):
    made = fix.SessionSettings()
    made.set(dictionary(DEFAULTS | {"ConnectionType": "acceptor", "SocketAcceptPort": str(port)}))
    made.set(fix.SessionID("FIX.4.4", "ROUTER", "OMS"), fix.Dictionary())
    return made


def initiator_settings(ports: list[int]):
    made = fix.SessionSettings()
    made.set(dictionary(DEFAULTS | {"ConnectionType": "initiator", "ReconnectInterval": "1"}))
    for number, port in enumerate(ports, start=1):
        connect = {"SocketConnectHost": "127.0.0.1", "SocketConnectPort": str(port)}
        made.set(fix.SessionID("FIX.4.4", "ROUTER", f"V{number}"), dictionary(connect))
    return made


def main(router_class=Router) -> None:
    oms_port, *venue_ports = (int(argument) for argument in sys.argv[1:])
    router, stores = router_class(), fix.MemoryStoreFactory()
    down, up = acceptor_settings(oms_port), initiator_settings(venue_ports)
    acceptor = fix.SocketAcceptor(router, stores, down, fix.FileLogFactory(down))
    initiator = fix.SocketInitiator(router, stores, up, fix.FileLogFactory(up))
    acceptor.start()
    initiator.start()
    while True:
        time.sleep(1)


if __name__ == "__main__":
    main()
