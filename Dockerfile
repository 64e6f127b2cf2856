# The service and its commands in one image: built with the pinned toolchain, run by a user without rights on a root that may be
# read-only. What is kept goes to /var/lib/serinus.
FROM rust:1.95.0-slim-trixie AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked --bin serinus && install -D target/release/serinus /out/serinus

FROM debian:trixie-slim
# The authorities that metric stores' certificates are checked against.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/serinus /usr/local/bin/serinus
RUN useradd --system --uid 10001 --home-dir /var/lib/serinus --create-home --shell /usr/sbin/nologin serinus
USER 10001:10001
WORKDIR /var/lib/serinus
VOLUME /var/lib/serinus
# A container is reached from outside itself, or not at all.
ENV SERINUS__HTTP__LISTEN=0.0.0.0:8090
EXPOSE 8090
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 CMD ["serinus", "healthcheck"]
ENTRYPOINT ["serinus"]
CMD ["serve"]
