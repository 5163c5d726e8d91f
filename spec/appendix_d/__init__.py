"""FIX's Appendix D, "Order State Change Matrices", as one table: `CASES`.

Compared line by line with printed copies of FIX 4.2 to 5.0 SP2: A.1.b, B.1.a, B.1.b, B.1.e, B.1.f, C.1.b, C.2.a, C.3.a,
C.3.b, D.1, D.2.b, D.2.d, E.1.b to E.1.e, F.1.b, F.1.c, H.1.a, H.1.c, H.1.d, J.1.a to J.1.c. No copy was at hand for the
others: they follow from their titles and the Appendix's rules of precedence.
"""

from __future__ import annotations

from spec.appendix_d import reports, requests
from spec.appendix_d.case import Case, Day, Fork, Heard, Line, NextDay, Quantities, Refused, Sent, Step

CASES: tuple[Case, ...] = (*requests.CASES, *reports.CASES)

__all__ = ["CASES", "Case", "Day", "Fork", "Heard", "Line", "NextDay", "Quantities", "Refused", "Sent", "Step"]
