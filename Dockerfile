# One image, three commands: `virga api`, `virga worker`, `virga migrate`. It runs as nobody in particular and writes nothing.
FROM python:3.13-slim AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/virga
COPY requirements.lock /src/
RUN /opt/virga/bin/pip install --no-deps --require-hashes -r /src/requirements.lock
COPY pyproject.toml README.md LICENSE /src/
COPY app /src/app
COPY worker /src/worker
COPY migrations /src/migrations
COPY openapi/examples /src/openapi/examples
RUN /opt/virga/bin/pip install --no-build-isolation --no-deps /src \
 && /opt/virga/bin/python -m compileall -q /opt/virga/lib

FROM python:3.13-slim

COPY --from=build /opt/virga /opt/virga
ENV PATH=/opt/virga/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /tmp
EXPOSE 8000
STOPSIGNAL SIGTERM
ENTRYPOINT ["virga"]
CMD ["api", "--host", "0.0.0.0"]
