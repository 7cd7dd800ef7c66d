"""What neurons agree on."""

import datetime as dt

MIN_EVALUATION_PERIOD = dt.timedelta(minutes=60)
DATABASE = "ListingsStorage.sqlite"
NETUID = 13
