"""What the OpenAPI document shows about authorizations; a test signs in and gets these answers."""

from typing import Any

from app.authorizations.errors import AuthorizationInUseError, AuthorizationNotFoundError, SignInNotSetUpError

AUTHORIZATION: dict[str, Any] = {
    "id": "auth_01kaq3v0c3s8y5b1f7f3q2d6te",
    "user_id": "ada",
    "provider": "altostrat",
    "status": "active",
    "created_at": "2026-01-15T09:30:00.000000Z",
    "email": "ada@example.com",
}
SIGN_IN: dict[str, Any] = {
    "url": (
        "https://sso.example/oauth2/authorize?response_type=code&client_id=virga"
        "&redirect_uri=http%3A%2F%2F127.0.0.1%3A8000%2Fworkflows%2Fauthorization%2Fcallback"
        "&scope=openid+email+offline_access&state=STATE&nonce=NONCE&code_challenge=CHALLENGE"
        "&code_challenge_method=S256&prompt=consent"
    )
}
NOT_FOUND = AuthorizationNotFoundError(AUTHORIZATION["id"])
IN_USE = AuthorizationInUseError([("fl_01kaq3v0c3s8y5b1f7f3q2d6te", "Onboarding")])
NOT_SET_UP = SignInNotSetUpError()
