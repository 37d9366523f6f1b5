from cxrportal.accounts.models.audit import AccessEvent
from cxrportal.accounts.models.department import Department, Membership
from cxrportal.accounts.models.token import ApiToken
from cxrportal.accounts.models.user import User

__all__ = ["AccessEvent", "ApiToken", "Department", "Membership", "User"]
