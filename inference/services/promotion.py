"""Who may become the active model: through the gate, against it in writing, or back again."""

from __future__ import annotations

from cxrportal.accounts.models import User
from cxrportal.accounts.permissions import NotAllowed, is_administrator
from cxrportal.common.errors import PortalError
from inference.models import ModelActivation, ModelVersion, PromotionCheck
from inference.selectors import active_model, ended_check, previous_model
from inference.services.registry import Decision, model_activate

Kind = ModelActivation.Kind
LEAST_REASON = 10


class PromotionRefused(PortalError):
    code = "promotion_refused"
    http_status = 409
    default_message = "The candidate has not passed the comparison with the active model."


class NothingToRollBack(PortalError):
    code = "nothing_to_roll_back"
    http_status = 409
    default_message = "No model was active before the present one."


def model_promote(*, model: ModelVersion, actor: User, reason: str = "") -> ModelVersion:
    """Make a model active. With a ``reason`` also against the gate, which is written down.

    Raises NotAllowed, PromotionRefused with every reason, or as loading does.
    """
    if not is_administrator(actor):
        raise NotAllowed
    return model_activate(model=model, decision=_decision(model, actor, reason.strip()))


def _decision(model: ModelVersion, actor: User, reason: str) -> Decision:
    active = active_model()
    if active is None:
        return Decision(Kind.FIRST, actor, None, reason)
    if active.pk == model.pk:
        raise PromotionRefused(f"{model} is the active model already.")
    check = ended_check(model, active)
    if check is None:
        raise PromotionRefused(f"{model} was not compared with {active} yet.")
    if check.passed:
        return Decision(Kind.PROMOTED, actor, check, reason)
    if len(reason) >= LEAST_REASON:
        return Decision(Kind.OVERRIDE, actor, check, reason)
    if reason:
        raise PromotionRefused(f"Say why in at least {LEAST_REASON} characters.")
    raise PromotionRefused(" ".join(why_refused(check)))


def why_refused(check: PromotionCheck) -> list[str]:
    """The reasons of an ended check that was not passed."""
    if check.state == PromotionCheck.State.FAILED:
        return [f"The comparison failed: {check.message} ({check.code})"]
    return [str(reason) for reason in check.outcome.get("reasons", [])]


def model_rollback(*, actor: User, reason: str = "") -> ModelVersion:
    """Back to the model that was active before the present one.

    Raises NotAllowed, NothingToRollBack, or as loading does.
    """
    if not is_administrator(actor):
        raise NotAllowed
    active = active_model()
    previous = previous_model(active) if active else None
    if previous is None:
        raise NothingToRollBack
    return model_activate(model=previous, decision=Decision(Kind.ROLLBACK, actor, None, reason))
