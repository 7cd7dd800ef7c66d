"""One module a verb or verb group; each holds a typer `app` and is named as the verb."""
