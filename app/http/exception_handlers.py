"""Where expected failures become answers: FastAPI's own and the product's, in one place."""

from typing import cast

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app.core.errors import NotFoundError, VirgaError
from app.http.error_answers import ErrorAnswers, invalid_parameters
from app.http.errors import MethodNotAllowedError
from app.http.etags import NotModifiedError
from app.http.paths import allowed_methods


def install(app: FastAPI, answers: ErrorAnswers) -> None:
    """Make `app` answer every expected failure in the one shape."""

    async def on_expected(_: Request, error: Exception) -> Response:
        return answers.response(cast("VirgaError", error))

    async def on_not_modified(_: Request, error: Exception) -> Response:
        return Response(status_code=304, headers={"ETag": cast("NotModifiedError", error).etag})

    async def on_invalid(_: Request, error: Exception) -> Response:
        return answers.response(invalid_parameters(cast("RequestValidationError", error).errors()))

    async def on_http(request: Request, error: Exception) -> Response:
        return answers.response(_translate(request, cast("HTTPException", error)))

    app.add_exception_handler(VirgaError, on_expected)
    app.add_exception_handler(NotModifiedError, on_not_modified)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)


def _translate(request: Request, error: HTTPException) -> VirgaError:
    method, path = request.method, request.scope["path"]
    if error.status_code == NotFoundError.status:
        return NotFoundError(f"There is no route {method} {path[:200]}.")
    if error.status_code == MethodNotAllowedError.status:
        allowed = allowed_methods(request.app.router.routes, path)
        message = f"{path[:200]} does not take {method[:20]}, but {allowed}."
        return MethodNotAllowedError(message, headers={"Allow": allowed})
    return VirgaError(f"The server answered itself with {error.status_code}, which nothing of it should.")
