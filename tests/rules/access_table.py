"""Who gets what, for every route of the portal. A route without a row fails the test.

One row a line: name, method, arguments (a key of ``ARGUMENTS`` in access_world.py), and the answer
for anonymous, stranger (a clinician elsewhere), researcher, clinician and admin. ``login`` is a
redirect to the sign-in page; ``200|503`` allows both. Requests carry no data unless the row names
some, so that 400 (or 200 on a form) means: let in, and told what is missing. A name may hold ``*``;
the exact row wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from tests.rules.access_world import ROLES
from tests.rules.routes import Route


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    method: str
    arguments: str
    expected: tuple[str, ...]
    data: dict[str, Any]

    def matches(self, route: Route) -> bool:
        return route.method == self.method and fnmatchcase(route.name, self.name)


def row(name: str, method: str, arguments: str, expected: str, **data: Any) -> Row:
    answers = tuple(expected.split())
    assert len(answers) == len(ROLES), f"{name} {method}: five answers, one a role"
    return Row(name, method, arguments, answers, data)


TABLE: list[Row] = [
    # --- accounts: sign-in and passwords
    row("account_login", "GET", "", "200 302 302 302 302"),
    row("account_login", "POST", "", "200 302 302 302 302"),
    row("account_signup", "GET", "", "200 302 302 302 302"),
    row("account_signup", "POST", "", "200 302 302 302 302"),
    row("account_logout", "GET", "", "login 200 200 200 200"),
    row("account_logout", "POST", "", "login login login login login"),
    row("account_inactive", "GET", "", "200 200 200 200 200"),
    row("accounts:pending", "GET", "", "200 200 200 200 200"),
    row("account_reset_password*", "GET", "", "200 200 200 200 200"),
    row("account_reset_password", "POST", "", "200 200 200 200 200"),
    row("account_reset_password_from_key", "GET", "reset key", "200 200 200 200 200"),
    row("account_reset_password_from_key", "POST", "reset key", "200 200 200 200 200"),
    row("account_change_password", "GET", "", "login 200 200 200 200"),
    row("account_change_password", "POST", "", "login 200 200 200 200"),
    row("account_set_password", "GET", "", "login 302 302 302 302"),
    row("account_set_password", "POST", "", "login 302 302 302 302"),
    row("account_reauthenticate", "GET", "", "login 200 200 200 200"),
    row("account_reauthenticate", "POST", "", "login 200 200 200 200"),
    # --- accounts: one's own
    row("accounts:alive", "GET", "", "401 200 200 200 200"),
    row("accounts:profile", "GET", "", "login 200 200 200 200"),
    row("accounts:profile", "POST", "", "login 200 200 200 200"),
    row("accounts:second-factor", "GET", "", "login 200 200 200 200"),
    row("accounts:tokens", "GET", "", "login 200 200 200 200"),
    row("accounts:tokens", "POST", "", "login 302 302 302 302"),
    row("accounts:token-revoke", "POST", "token", "login 404 404 302 404"),
    row("usersessions_list", "GET", "", "login 200 200 200 200"),
    row("usersessions_list", "POST", "", "login 302 302 302 302"),
    # --- second factor (302: first confirm who you are, or there is none)
    row("mfa_index", "GET", "", "login 200 200 200 200"),
    row("mfa_list_webauthn", "GET", "", "login 200 200 200 200"),
    row("mfa_activate_totp", "GET", "", "login 302 302 302 302"),
    row("mfa_activate_totp", "POST", "", "login 302 302 302 302"),
    row("mfa_add_webauthn", "GET", "", "login 302 302 302 302"),
    row("mfa_add_webauthn", "POST", "", "login 302 302 302 302"),
    row("mfa_generate_recovery_codes", "GET", "", "login 302 302 302 302"),
    row("mfa_generate_recovery_codes", "POST", "", "login 302 302 302 302"),
    row("mfa_authenticate", "GET", "", "login 302 302 302 302"),
    row("mfa_authenticate", "POST", "", "login 302 302 302 302"),
    row("mfa_login_webauthn", "GET", "", "login 302 302 302 302"),
    row("mfa_login_webauthn", "POST", "", "login 302 302 302 302"),
    row("mfa_reauthenticate_webauthn", "GET", "", "login 302 302 302 302"),
    row("mfa_reauthenticate_webauthn", "POST", "", "login 302 302 302 302"),
    row("mfa_reauthenticate", "GET", "", "login 302 302 302 200"),
    row("mfa_reauthenticate", "POST", "", "login 302 302 302 200"),
    row("mfa_deactivate_totp", "GET", "", "login 404 404 404 302"),
    row("mfa_deactivate_totp", "POST", "", "login 404 404 404 302"),
    row("mfa_view_recovery_codes", "GET", "", "login 404 404 404 404"),
    row("mfa_download_recovery_codes", "GET", "", "login 404 404 404 404"),
    row("mfa_edit_webauthn", "GET", "passkey", "login 302 302 302 302"),
    row("mfa_edit_webauthn", "POST", "passkey", "login 302 302 302 302"),
    row("mfa_remove_webauthn", "GET", "passkey", "login 302 302 302 302"),
    row("mfa_remove_webauthn", "POST", "passkey", "login 302 302 302 302"),
    row("mfa_remove_webauthn", "DELETE", "passkey", "login 302 302 302 302"),
    # --- Django admin: the rule for every model, then what is read-only
    row("admin:*_*_changelist", "GET", "", "login 404 404 404 200"),
    row("admin:*_*_changelist", "POST", "", "login 404 404 404 200"),
    row("admin:*_*_add", "GET", "", "login 404 404 404 200"),
    row("admin:*_*_add", "POST", "", "login 404 404 404 200"),
    row("admin:*_*_change", "GET", "admin row", "login 404 404 404 200"),
    row("admin:*_*_change", "POST", "admin row", "login 404 404 404 200"),
    row("admin:*_*_delete", "GET", "admin row", "login 404 404 404 403"),
    row("admin:*_*_delete", "POST", "admin row", "login 404 404 404 403"),
    row("admin:*_*_history", "GET", "admin row", "login 404 404 404 200"),
    row("admin:*_*_history", "POST", "admin row", "login 404 404 404 200"),
    row("admin:accounts_membership_delete", "GET", "admin row", "login 404 404 404 200"),
    row("admin:accounts_membership_delete", "POST", "admin row", "login 404 404 404 200"),
    row("admin:accounts_accessevent_add", "GET", "", "login 404 404 404 403"),
    row("admin:accounts_accessevent_add", "POST", "", "login 404 404 404 403"),
    row("admin:accounts_accessevent_change", "POST", "admin row", "login 404 404 404 403"),
    row("admin:accounts_apitoken_add", "GET", "", "login 404 404 404 403"),
    row("admin:accounts_apitoken_add", "POST", "", "login 404 404 404 403"),
    row("admin:accounts_apitoken_change", "POST", "admin row", "login 404 404 404 403"),
    row("admin:inference_modelversion_add", "GET", "", "login 404 404 404 403"),
    row("admin:inference_modelversion_add", "POST", "", "login 404 404 404 403"),
    row("admin:inference_modelversion_change", "POST", "admin row", "login 404 404 404 403"),
    row("admin:accounts_user_act", "GET", "user act", "login 404 404 404 405"),
    row("admin:accounts_user_act", "POST", "user act", "login 404 404 404 302"),
    row("admin:index", "GET", "", "login 404 404 404 200"),
    row("admin:index", "POST", "", "login 404 404 404 200"),
    row("admin:app_list", "GET", "admin app", "login 404 404 404 200"),
    row("admin:app_list", "POST", "admin app", "login 404 404 404 200"),
    row("admin:autocomplete", "GET", "", "login 404 404 404 403"),
    row("admin:autocomplete", "POST", "", "login 404 404 404 405"),
    row("admin:jsi18n", "GET", "", "login 404 404 404 200"),
    row("admin:jsi18n", "POST", "", "login 404 404 404 405"),
    row("admin:login", "GET", "", "login 404 404 404 302"),
    row("admin:login", "POST", "", "login 404 404 404 302"),
    row("admin:logout", "GET", "", "302 302 302 302 405"),
    row("admin:logout", "POST", "", "302 302 302 302 login"),
    row("admin:password_change", "GET", "", "login 404 404 404 302"),
    row("admin:password_change_done", "GET", "", "login 404 404 404 302"),
    row("admin:password_change", "POST", "", "login 404 404 404 302"),
    row("admin:password_change_done", "POST", "", "login 404 404 404 302"),
    row("admin:view_on_site", "GET", "admin view on site", "login 404 404 404 404"),
    row("admin:view_on_site", "POST", "admin view on site", "login 404 404 404 404"),
    # --- pages of clinicians
    row("patients:list", "GET", "", "login 200 404 200 404"),
    row("patients:suggest", "GET", "", "login 200 404 200 404"),
    row("patients:create", "GET", "", "login 200 404 200 404"),
    row("patients:create", "POST", "", "login 400 404 400 404"),
    row("patients:edit", "GET", "patient", "login 404 404 200 404"),
    row("patients:edit", "POST", "patient", "login 404 404 400 404"),
    row("patients:archive", "POST", "patient archive", "login 404 404 302 404"),
    row("chart:detail", "GET", "patient", "login 404 404 200 404"),
    row("chart:confirm", "GET", "unconfirmed patient", "login 404 404 200 404"),
    row("chart:confirm", "POST", "unconfirmed patient", "login 404 404 400 404"),
    row("chart:merge", "GET", "patient", "login 404 404 200 404"),
    row("chart:merge", "POST", "patient", "login 404 404 400 404"),
    row("cases:upload", "GET", "", "login 200 404 200 404"),
    row("cases:burned-in-list", "GET", "", "login 200 404 200 404"),
    row("cases:burned-in", "GET", "image", "login 404 404 200 404"),
    row("cases:burned-in", "POST", "image", "login 404 404 400 404"),
    row("cases:create", "GET", "patient", "login 404 404 200 404"),
    row("cases:create", "POST", "patient", "login 404 404 400 404"),
    row("cases:edit", "GET", "case", "login 404 404 200 404"),
    row("cases:edit", "POST", "case", "login 404 404 400 404"),
    row("cases:archive", "POST", "case archive", "login 404 404 302 404"),
    row("worklist:list", "GET", "", "login 200 404 200 404"),
    row("worklist:claim", "POST", "case", "login 404 404 302 404"),
    row("reading:room", "GET", "case", "login 404 404 200 404"),
    row("reading:next", "GET", "case", "login 404 404 302 404"),
    row("reports:latest", "GET", "signed case", "login 404 404 200 404"),
    row("reports:sign", "GET", "case", "login 404 404 200 404"),
    row("reports:sign", "POST", "case", "login 404 404 400 404"),
    row("reports:preview", "GET", "case", "login 404 404 200 404"),
    row("reports:amend", "GET", "signed case", "login 404 404 200 404"),
    row("reports:amend", "POST", "signed case", "login 404 404 400 404"),
    row("reports:pdf", "GET", "report", "login 404 404 200 404"),
    row("reports:sr", "GET", "report", "login 404 404 409 404"),
    row("reports:captures", "GET", "report", "login 404 404 409 404"),
    row("reports:fhir", "GET", "report", "login 404 404 409 404"),
    # --- pages of researchers
    row("releases:list", "GET", "", "login 404 200 404 404"),
    row("releases:list", "POST", "", "login 404 400 404 404"),
    row("releases:detail", "GET", "release", "login 404 200 404 404"),
    row("releases:download", "GET", "release", "login 404 200 404 404"),
    # --- pages of models: tried and compared by researchers and admins, read by everyone
    row("models:list", "GET", "", "login 404 200 404 200"),
    row("models:try", "GET", "", "login 404 200 404 200"),
    row("models:detail", "GET", "model", "login 200 200 200 200"),
    row("models:figure", "GET", "model figure", "login 404 404 404 404"),
    # --- API of clinicians: 403 for other roles, 404 for other departments
    row("api:patient-list", "GET", "", "401 200 403 200 403"),
    row("api:case-list", "GET", "", "401 200 403 200 403"),
    row("api:analysis-list", "GET", "", "401 200 403 200 403"),
    row("api:finding-list", "GET", "", "401 200 403 200 403"),
    row("api:report-list", "GET", "", "401 200 403 200 403"),
    row("api:patient-list", "POST", "", "401 400 403 400 403"),
    row("api:case-list", "POST", "", "401 400 403 400 403"),
    row("api:finding-list", "POST", "", "401 400 403 400 403"),
    row("api:patient-detail", "GET", "patient", "401 404 403 200 403"),
    row("api:case-detail", "GET", "case", "401 404 403 200 403"),
    row("api:image-detail", "GET", "image", "401 404 403 200 403"),
    row("api:analysis-detail", "GET", "run", "401 404 403 200 403"),
    row("api:finding-detail", "GET", "finding", "401 404 403 200 403"),
    row("api:review-detail", "GET", "review", "401 404 403 200 403"),
    row("api:report-detail", "GET", "report", "401 404 403 200 403"),
    row("api:patient-detail", "PATCH", "patient", "401 404 403 400 403"),
    row("api:case-detail", "PATCH", "case", "401 404 403 400 403"),
    row("api:finding-detail", "PATCH", "finding", "401 404 403 200 403", version=1),
    row("api:finding-detail", "DELETE", "finding", "401 404 403 204 403", version=1),
    row("api:review-detail", "PATCH", "review", "401 404 403 200 403", version=1),
    row("api:patient-archive", "POST", "patient", "401 404 403 200 403"),
    row("api:patient-restore", "POST", "patient", "401 404 403 200 403"),
    row("api:case-archive", "POST", "case", "401 404 403 200 403"),
    row("api:case-restore", "POST", "case", "401 404 403 200 403"),
    row("api:case-progress", "GET", "case", "401 404 403 200 403"),
    row("api:case-reading", "GET", "case", "401 404 403 200 403"),
    row("api:case-review", "POST", "case", "401 404 403 201 403"),
    row("api:image-pixels", "GET", "image", "401 404 403 200 403"),
    row("api:image-display", "GET", "image", "401 404 403 200 403"),
    row("api:image-thumbnail", "GET", "image", "401 404 403 200 403"),
    row("api:image-original", "GET", "image", "401 404 403 200 403"),
    row("api:burned-in-list", "GET", "", "401 200 403 200 403"),
    row("api:image-burned-in", "GET", "image", "401 404 403 200 403"),
    row("api:image-burned-in", "POST", "image", "401 404 403 400 403"),
    row("api:image-retry", "POST", "image", "401 404 403 202 403"),
    row("api:analysis-heatmaps", "GET", "run", "401 404 403 200 403"),
    row("api:analysis-lungs", "GET", "run", "401 404 403 200 403"),
    row("api:analysis-retry", "POST", "run", "401 404 403 202 403"),
    row("api:report-pdf", "GET", "report", "401 404 403 200 403"),
    row("api:report-sr", "GET", "report", "401 404 403 409 403"),
    row("api:report-captures", "GET", "report", "401 404 403 409 403"),
    row("api:report-fhir", "GET", "report", "401 404 403 409 403"),
    row("api:upload", "POST", "", "401 415 403 415 403"),
    # --- API of researchers, and for everyone
    row("api:export-list", "GET", "", "401 403 200 403 403"),
    row("api:export-list", "POST", "", "401 403 400 403 403"),
    row("api:export-detail", "GET", "release", "401 403 200 403 403"),
    row("api:export-download", "GET", "release", "401 403 200 403 403"),
    row("api:try", "POST", "", "401 403 415 403 415"),
    row("api:schema", "GET", "", "401 200 200 200 200"),
    row("dashboard:home", "GET", "", "login 200 200 200 200"),
    row("health", "GET", "", "200|503 200|503 200|503 200|503 200|503"),
    row("health", "POST", "", "405 405 405 405 405"),
    row("api:docs", "GET", "", "401 200 200 200 200"),
]


def row_of(route: Route) -> Row | None:
    """The exact row, else the first whose name matches by ``*``."""
    found = [r for r in TABLE if r.matches(route)]
    exact = [r for r in found if r.name == route.name]
    return (exact or found or [None])[0]
