"""Wire protocols: one file each behind the two methods of `base.Wire`. No I/O in here."""
