"""Pictures as SVG, drawn by a few functions of our own.

matplotlib would be 100 MB for two kinds of chart, and its bytes change from version to version; the small libraries
bring scripts, fonts from elsewhere, or random ids. A report has to be one file without a script, the same each time.
"""
