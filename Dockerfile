# One image, several services: the command chooses.
#   the game server   (as it is)
#   the gateway       python -m services.gateway
#   a call            python -m fleet.cli call TARGET METHOD JSON
# Name the base by digest where builds must be repeatable: docs/image.md.
ARG PYTHON_IMAGE=public.ecr.aws/docker/library/python:3.13-slim

FROM ${PYTHON_IMAGE} AS builder
# What is compiled twice is the same twice.
ENV PYTHONHASHSEED=0 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
COPY requirements.lock ./
# No pip in the environment itself. Bytecode is made here, as the root of a task is
# read-only; unchecked, as no source will ever be newer.
RUN python -m venv --without-pip /venv \
 && python -m pip --python /venv/bin/python install --require-hashes --only-binary=:all: \
      --no-cache-dir --no-compile -r requirements.lock \
 && /venv/bin/python -m compileall -q --invalidation-mode unchecked-hash /venv/lib
COPY fleet /app/fleet
COPY ranking /app/ranking
COPY rpc /app/rpc
COPY services /app/services
# Readable for everybody, whatever umask the sources were checked out with.
RUN chmod -R u=rwX,go=rX /app \
 && printf '#!/bin/sh\nexec python -m fleet.cli "$@"\n' > /venv/bin/fleet \
 && chmod 755 /venv/bin/fleet \
 && /venv/bin/python -m compileall -q --invalidation-mode unchecked-hash /app

FROM ${PYTHON_IMAGE}
# Nothing is installed into a running task, and pip's own vendored packages are what
# scanners find first.
# Nor may a task become root by a setuid program of the base.
RUN python -m pip uninstall --yes --quiet --root-user-action ignore pip \
 && find / -xdev -type f -perm /6000 -exec chmod a-s {} +
COPY --from=builder /venv /venv
COPY --from=builder /app /app
# HEALTHCHECK_TARGET: of the gateway it is http://127.0.0.1:8080/healthz.
ENV PATH=/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONDONTWRITEBYTECODE=1 \
    HEALTHCHECK_TARGET=127.0.0.1:5000
WORKDIR /app
# By number: a platform that asks for "not root" cannot read a name.
USER 10001:10001
EXPOSE 5000
STOPSIGNAL SIGTERM
# For docker and podman; ECS reads only the one in the task definition.
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 \
  CMD ["python", "-m", "fleet.probe"]
CMD ["python", "-m", "services.champion"]
ARG PYTHON_IMAGE
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="grpc-fleet" \
      org.opencontainers.image.description="The game server, the gateway and the command fleet" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${PYTHON_IMAGE}"
