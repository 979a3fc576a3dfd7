# One image for web, worker, beat and migrate; docker-compose.yml says which command each runs.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 \
    BUILDHUB_DATA=/data

RUN useradd --system --uid 10001 --user-group --home-dir /app --shell /usr/sbin/nologin buildhub \
    && install -d -o buildhub -g buildhub -m 0700 /data
# git reads content sources that are a folder of Markdown in a repository.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app

COPY requirements.txt .
RUN pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes -r requirements.txt

COPY manage.py .
COPY buildhub buildhub
COPY publisher publisher
COPY deploys deploys
COPY templates templates
COPY docs docs
# `manage.py ci_file` prints it with the settings of a site.
COPY examples/astro-site/.gitlab-ci.yml examples/astro-site/.gitlab-ci.yml
# The settings make secrets on first use: those of the build stay out of the image.
RUN BUILDHUB_DATA=/tmp/build python manage.py collectstatic --noinput \
    && rm -rf /tmp/build \
    && python -m compileall -q buildhub deploys

USER buildhub
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "buildhub/up/health.py"]
CMD ["python", "-m", "gunicorn", "buildhub.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--workers", "2", "--threads", "8", "--graceful-timeout", "5", "--no-control-socket"]
