"""Who gets in, and how: django-allauth (login, second factor, sessions), django-axes (lockout)."""

from __future__ import annotations

from cxrportal.settings.base import REAUTHENTICATION_S, env

# How many proxies stand in front of the portal; with 0, X-Forwarded-For is not believed.
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT

# --- accounts ------------------------------------------------------------------------------------
ACCOUNT_ADAPTER = "cxrportal.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_FORMS = {"signup": "cxrportal.accounts.forms.RegistrationForm"}
ACCOUNT_EMAIL_VERIFICATION = "none"  # an administrator approves each account; mail may not exist
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to strangers
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_MAX_EMAIL_ADDRESSES = 1  # the address is the account; an administrator changes it
ACCOUNT_REAUTHENTICATION_TIMEOUT = REAUTHENTICATION_S
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
PASSWORD_RESET_TIMEOUT = env.int("PASSWORD_RESET_H", 24) * 3600
SESSION_COOKIE_AGE = 12 * 3600  # without activity the idle time-out ends a session much sooner

# --- second factor -------------------------------------------------------------------------------
MFA_ADAPTER = "cxrportal.accounts.second_factor.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "cxrportal.accounts.forms.CountedCodeForm",
    "reauthenticate": "cxrportal.accounts.forms.CountedCodeAgainForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # accounts are approved by a person instead
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "CXR Portal"
MFA_TOTP_TOLERANCE = 1  # one step of 30 s either way: phones' clocks drift

USERSESSIONS_TRACK_ACTIVITY = False  # a write for every request; the idle time-out notes it instead

# --- lockout -------------------------------------------------------------------------------------
AXES_FAILURE_LIMIT = env.int("LOCKOUT_FAILURES", 5)
AXES_COOLOFF_TIME = env.int("LOCKOUT_MINUTES", 15) / 60  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "cxrportal.accounts.lockout.account_key"
AXES_CLIENT_IP_CALLABLE = "cxrportal.accounts.audit.client_ip"
AXES_SENSITIVE_PARAMETERS = ["code", "password1", "password2", "oldpassword", "credential"]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "cxrportal.accounts.lockout.locked_out"
AXES_DISABLE_ACCESS_LOG = True  # the audit trail has it
AXES_ENABLE_ADMIN = False  # a user's page in the admin unlocks; there is nothing else to do with it
AXES_VERBOSE = False

# E-mail addresses are unique regardless of case: by a constraint on LOWER(email).
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
