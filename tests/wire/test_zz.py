from tests.wire.test_odd_venues import *
from tests.wire.test_odd_venues import _split
import pytest

def ask(oms, body):
    oms.says("D", body)
    try:
        print(">>", oms.next())
    except Exception as e:
        print("!!", repr(e))

@pytest.mark.parametrize("body", [
  new_order("N1", "EASTCO", "123456789012345678901234567890123"),
  new_order("N2", "ACME", "123456789012345678901234567890123"),
  new_order("N3", "EASTCO", "10", "40=2|44=123456789012345678901234567890123456"),
  new_order("N4", "EASTCO", "10.00000000000000000000000000000000000001"),
  new_order("N5", "EASTCO", "00000000000000000000000000000000000000000000000010"),
  new_order("N6", "EASTCO", "10", "40=1|1=caf\u00e9"),
  new_order("N7", "EASTCO", "10", "40=1|1=\u20ac"),
  new_order("N8"*600, "EASTCO", "10"),
  new_order("N9=;,*", "EASTCO", "10"),
  new_order("N10", "EASTCO", "10", "40=1|55=ACME"),
  new_order("N11", "EASTCO", "10", "40=1|1=" + "x"*100000),
], ids=lambda b: b[:9])
def test_nasty(scene, oms, east, west, body):
    import tests.wire.foreign as f
    oms.connection.settimeout(3); east.connection.settimeout(1)
    oms.says("D", body)
    try:
        child = east.next(); print(str(child)[:300])
        east.fills(child, child[38], "5")
    except TimeoutError: print("no child")
    try:
        while True: print(">>", str(oms.next())[:300])
    except TimeoutError: pass
    scene.works(oms, "AFTER"+body[:6])
