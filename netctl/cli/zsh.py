"""Completion for zsh, where typer's own loses the first Tab of a session, and the apostrophes of all summaries."""

from __future__ import annotations

from typer import _completion_shared
from typer._click.shell_completion import CompletionItem
from typer._completion_classes import ZshComplete

SCRIPT = """
#compdef %(prog_name)s

%(complete_func)s() {
  eval $(env _TYPER_COMPLETE_ARGS="${words[1,$CURRENT]}" %(autocomplete_var)s=complete_zsh %(prog_name)s)
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  %(complete_func)s "$@"
else
  compdef %(complete_func)s %(prog_name)s
fi
"""
"""zsh runs the file when Tab is pressed first: what only registers the function then has offered nothing."""


class PlainZsh(ZshComplete):
    """typer's, with this script, and with apostrophes that are no quotes to the shell."""

    source_template = SCRIPT

    def format_completion(self, item: CompletionItem) -> str:
        """As typer has it."""
        item.help = item.help.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}") if item.help else item.help
        return super().format_completion(item)


def install_own_script() -> None:
    """Have --install-completion and --show-completion give this script for zsh."""
    _completion_shared._completion_scripts["zsh"] = SCRIPT  # noqa: SLF001 - typer asks nobody
