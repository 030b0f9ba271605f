"""The pages of a person's ways in: the answer, and a page for each of them."""

from app.describe.operation import answers
from app.pages.blueprints import pages
from app.pages.rendering import leads, page, personal
from app.web.access import login_or_enrolment


@pages.get("/security")
@answers(page("Security · Passline"), leads("/login?next=/security", "Nobody is signed in."))
@login_or_enrolment
def security() -> str:
    """The page of your ways in, and of the policy."""
    return personal("security.html")


@pages.get("/security/app")
@answers(
    page("Authenticator app · Passline"),
    leads("/login?next=/security/app", "Nobody is signed in."),
)
@login_or_enrolment
def security_app() -> str:
    """The page that turns an authenticator app on or off."""
    return personal("security_app.html")


@pages.get("/security/codes")
@answers(
    page("Recovery codes · Passline"),
    leads("/login?next=/security/codes", "Nobody is signed in."),
)
@login_or_enrolment
def security_codes() -> str:
    """The page that makes recovery codes, and shows them once."""
    return personal("security_codes.html")


@pages.get("/security/password")
@answers(
    page("Password · Passline"),
    leads("/login?next=/security/password", "Nobody is signed in."),
)
@login_or_enrolment
def security_password() -> str:
    """The page that sets, changes or removes the password."""
    return personal("security_password.html")
