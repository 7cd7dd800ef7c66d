"""dev_*: what only an embedded chain can be asked, one module for each trade."""
