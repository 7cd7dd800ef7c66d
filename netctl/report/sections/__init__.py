"""The chapters of a report: each turns one part of the document into blocks of text, tables and pictures."""
