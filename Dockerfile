# How to run it: docs/docker.md. Build it in the root of the checkout: docker build -t ra-syncer .

FROM python:3.13-slim-trixie AS build
WORKDIR /build
COPY requirements.lock requirements-dev.lock ./
# The development lock has what the plain one lacks: the extras postgres, notify and cluster, and the build tools of the wheel.
RUN pick() { \
      awk -v names=" $* " '/^[a-z]/ { split($1, p, "=="); keep = index(names, " " p[1] " ") } keep' requirements-dev.lock; \
    } \
    && pick apprise asgiref attrs croniter markdown oauthlib packaging procrastinate psycopg psycopg-binary psycopg-pool \
      python-dateutil pyyaml requests-oauthlib > extras.lock \
    && pick hatchling packaging pathspec pluggy tomlkit trove-classifiers > tools.lock \
    && pip install --no-cache-dir --require-hashes -r tools.lock \
    && python -m venv --without-pip /opt/ra-syncer \
    && pip --python /opt/ra-syncer/bin/python install --no-cache-dir --no-compile --require-hashes \
      -r requirements.lock -r extras.lock
COPY pyproject.toml README.md LICENSE alembic.ini config.example.toml ./
COPY docs/syncer.1 docs/syncer.1
COPY migrations migrations
COPY syncer syncer
# Compiled here, because the last stage may run read-only.
RUN pip wheel --no-cache-dir --no-deps --no-build-isolation -w dist . \
    && pip --python /opt/ra-syncer/bin/python install --no-cache-dir --no-compile --no-deps --no-index dist/*.whl \
    && python -m compileall -q --invalidation-mode unchecked-hash /opt/ra-syncer/lib

FROM python:3.13-slim-trixie
LABEL org.opencontainers.image.title="ra-syncer" \
      org.opencontainers.image.description="Records the history of RetroAchievements progress in SQLite or PostgreSQL" \
      org.opencontainers.image.licenses="MIT"
RUN install -d -o 10001 -g 10001 -m 0700 /data
COPY --from=build /opt/ra-syncer /opt/ra-syncer
# The configuration is /data/config.toml or the environment; the database is in /data/ra-syncer.
ENV PATH=/opt/ra-syncer/bin:$PATH \
    HOME=/data \
    XDG_DATA_HOME=/data \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /data
USER 10001:10001
VOLUME /data
EXPOSE 8765
HEALTHCHECK --interval=60s --timeout=30s --start-period=5m --retries=3 CMD ["syncer", "health"]
ENTRYPOINT ["syncer"]
CMD ["run"]
