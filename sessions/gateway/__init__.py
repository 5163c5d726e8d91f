"""QuickFIX, kept to the session protocol: sessions polled from our thread, and the one door to them."""
