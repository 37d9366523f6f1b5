# One image for web, workers and scheduler; compose.yaml says which command each runs.
#
#   docker build -t cxr-portal .
#
# `pip install -r requirements/torch.txt` takes the build of torch that pip is set up to find: as a rule
# the CUDA one, some gigabytes larger. For another build name the place where it is published:
#
#   docker build --build-arg TORCH_INDEX_URL=... -t cxr-portal .

FROM python:3.12-slim AS packages
ARG TORCH_INDEX_URL=""
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /build
COPY requirements/torch.txt requirements/torchvision.txt requirements/base.txt ./
RUN pip install ${TORCH_INDEX_URL:+--index-url "$TORCH_INDEX_URL"} -r torch.txt \
    && pip install --no-deps ${TORCH_INDEX_URL:+--index-url "$TORCH_INDEX_URL"} -r torchvision.txt
RUN pip install --no-deps --require-hashes -r base.txt && pip check

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin portal \
    && install -d -o portal -g portal /data /data/models
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY . .
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=cxrportal.settings.prod \
    DATA_DIR=/data \
    HOST=0.0.0.0 \
    PORT=8000
USER portal
# These values serve only this line; the running container has none of them.
RUN SECRET_KEY=not-used DATABASE_URL=sqlite:// BROKER_URL=memory:// ALLOWED_HOSTS=localhost \
    python manage.py collectstatic --no-input --verbosity 0
EXPOSE 8000
CMD ["sh", "-c", "exec gunicorn cxrportal.wsgi --worker-class gthread --workers 2 --threads 8 --timeout 120 --graceful-timeout 30 --no-control-socket --worker-tmp-dir /dev/shm --bind $HOST:$PORT"]
