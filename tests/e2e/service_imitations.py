# SPDX-License-Identifier: Apache-2.0
# The tests have these in place of servers that are too large to install for them. Each serves until it is ended.
#   service_imitations.py smtps CERTIFICATE KEY MAILBOX    on a port of 127.0.0.1, which it prints
#   service_imitations.py postgresql SOCKET                answers each query with the name of the user and its text
import os
import socket
import ssl
import struct
import sys


def smtps(certificate, key, mailbox):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        try:
            with context.wrap_socket(listener.accept()[0], server_side=True) as client:
                take_mail(client.makefile("rwb"), mailbox)
        except OSError:  # a client that does not trust the certificate
            pass


def take_mail(client, mailbox):
    def say(line):
        client.write(line + b"\r\n")
        client.flush()

    say(b"220 imitation")
    while line := client.readline():
        if line.startswith(b"DATA"):
            say(b"354 go on")
            with open(mailbox, "wb") as mail:
                while (line := client.readline()) not in (b".\r\n", b""):
                    mail.write(line)
            say(b"250 taken")
        elif line.startswith(b"QUIT"):
            return say(b"221 bye")
        else:
            say(b"250 well")


def postgresql(path):
    if os.path.exists(path):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    os.chmod(path, 0o777)
    listener.listen()
    print("ready", flush=True)
    while True:
        answer_queries(listener.accept()[0].makefile("rwb"))


def answer_queries(client):
    def say(kind, content):
        client.write(kind + struct.pack("!i", 4 + len(content)) + content)

    def text(value):
        return value + b"\0"

    size, _version = struct.unpack("!ii", client.read(8))
    words = client.read(size - 8).split(b"\0")
    user = words[words.index(b"user") + 1]
    say(b"R", struct.pack("!i", 0))
    say(b"S", text(b"server_version") + text(b"15.0"))
    say(b"S", text(b"client_encoding") + text(b"UTF8"))
    while True:
        say(b"Z", b"I")
        client.flush()
        kind = client.read(1)
        if kind != b"Q":
            return
        query = client.read(struct.unpack("!i", client.read(4))[0] - 4).rstrip(b"\0")
        say(b"T", struct.pack("!h", 2) + b"".join(
            text(name) + struct.pack("!ihihih", 0, 0, 25, -1, -1, 0) for name in (b"user", b"query")))
        say(b"D", struct.pack("!h", 2) + b"".join(
            struct.pack("!i", len(value)) + value for value in (user, query)))
        say(b"C", text(b"SELECT 1"))


globals()[sys.argv[1]](*sys.argv[2:])
