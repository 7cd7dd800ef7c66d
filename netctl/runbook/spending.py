"""Which lines may spend what is real, and how much each is given of the run's budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from netctl.money import Rao
from netctl.runbook import bound
from netctl.runbook.model import Command, Step
from netctl.runbook.progress import Progress
from netctl.runbook.record import Record
from netctl.runbook.setting import Setting, Stage, Tools
from netctl.runbook.spelling import Spelling, expanded, spelled


@dataclass(frozen=True, slots=True)
class Spending:
    """The money of one run; what it has paid is asked of the journals each time."""

    setting: Setting
    record: Record
    stage: Stage
    tools: Tools
    progress: Progress

    def words(self, command: Command, variables: dict[str, str], left_rao: Rao | None = None) -> tuple[str, ...]:
        """The line as it runs, with what the run was told spelled onto it."""
        words = expanded(command, variables)
        # On a real network the line itself shows what it would pay, and asks, where the run has no --yes.
        yes = self.setting.yes or not self.pays(command, words, variables)
        spelling = Spelling(self.setting.rehearse, self.setting.network, yes, left_rao)
        return spelled(words, self.tools.options_of(words), spelling)

    def pays(self, command: Command, words: Sequence[str], variables: dict[str, str]) -> bool:
        """Whether the line may spend what is real."""
        if not command.spends or self.setting.rehearse:
            return False
        account = self.tools.account_of(words, variables)
        return account is None or not account.free

    def left(self) -> Rao | None:
        """What the run's budget has left; None where it has none."""
        if self.setting.budget_rao is None:
            return None
        return max(0, self.setting.budget_rao - bound.paid_rao(self.progress.paid_before, self.tools.clock))

    def granted(self, step: Step, command: Command, variables: dict[str, str]) -> Rao | None:
        """What this very line may spend; None where nothing bounds it. PolicyError where it would spend more."""
        words = expanded(command, variables)
        if not self.pays(command, words, variables):
            return None
        account = self.tools.account_of(words, variables)
        if account is not None and str(account.journal) not in self.progress.paid_before:
            journal, payments = str(account.journal), bound.payments_in(account, self.tools.clock)
            self.record.append("paid_before", step=step.slug, journal=journal, payments=sorted(payments))
            self.progress.paid_before[journal] = payments
        if self.setting.budget_rao is None:
            return None
        bound.check_known(account, command.text)
        paid = bound.paid_rao(self.progress.paid_before, self.tools.clock)
        self.stage.note("asking what it would cost")
        cost_rao = self.tools.cost_of(self.words(command, variables), variables)
        return bound.check_cost(command.text, cost_rao=cost_rao, paid=paid, budget_rao=self.setting.budget_rao)

    def is_free(self, step: Step, variables: dict[str, str]) -> bool:
        """Whether nothing real can be spent by the step, as far as it can be told."""
        if self.setting.rehearse:
            return True
        variables = dict(variables)
        accounts = []
        for command in step.commands:
            if command.kind == "export":
                variables.update([expanded(command, variables)])  # type: ignore[list-item]
            elif command.spends:
                accounts.append(self.tools.account_of(expanded(command, variables), variables))
        found = accounts or [self.tools.account_of((), variables)]
        return all(account is not None and account.free for account in found)
