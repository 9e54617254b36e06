"""OpenStack Swift with its S3 interface, in one process on loopback: Debian's package python3-swift. For tests.

It checks signatures, their age and the digests of bodies as a public service does. Usage: serve.py FOLDER ACCESS_KEY SECRET_KEY; it prints its
port once it answers, and ends with its standard input.
"""

import os
import sys

import eventlet

eventlet.monkey_patch()

from eventlet import wsgi  # noqa: E402
from swift.common import utils  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.wsgi import loadapp  # noqa: E402
from swift.obj import diskfile  # noqa: E402

folder, access_key, secret_key = sys.argv[1:4]
servers = ("account", "container", "object")


def listen():
    return eventlet.listen(("127.0.0.1", 0))


def write(name, text):
    path = os.path.join(folder, name)
    with open(path, "w") as file:
        file.write(text)
    return path


# One replica on one device: what matters here is what the door says, not how the house is built.
def make_ring(name, port):
    builder = RingBuilder(2, 1, 0)
    builder.add_dev({"region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "disk", "weight": 1})
    builder.rebalance()
    builder.get_ring().save(os.path.join(folder, f"{name}.ring.gz"))


os.makedirs(os.path.join(folder, "devices", "disk"))
utils.HASH_PATH_SUFFIX = b"test"
utils.validate_hash_conf = lambda: None
# Looked up in /etc/swift otherwise, where a test has nothing to write.
from swift.common import storage_policy  # noqa: E402

policy = storage_policy.StoragePolicy(0, "gold", is_default=True)
storage_policy._POLICIES = storage_policy.StoragePolicyCollection([policy])

sockets = {name: listen() for name in servers}
for name in servers:
    make_ring(name, sockets[name].getsockname()[1])
for name in servers:
    conf = write(
        f"{name}.conf",
        f"""[DEFAULT]
devices = {folder}/devices
swift_dir = {folder}
mount_check = false
[pipeline:main]
pipeline = {name}-server
[app:{name}-server]
use = egg:swift#{name}
""",
    )
    app = loadapp(conf, global_conf={"log_requests": "false"})
    eventlet.spawn(wsgi.server, sockets[name], app, log_output=False)

door = listen()
conf = write(
    "proxy.conf",
    f"""[DEFAULT]
swift_dir = {folder}
[pipeline:main]
pipeline = catch_errors cache s3api tempauth proxy-server
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
allow_multipart_uploads = false
auth_pipeline_check = false
[filter:tempauth]
use = egg:swift#tempauth
user_{access_key.split(":")[0]}_{access_key.split(":")[1]} = {secret_key} .admin
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
""",
)
eventlet.spawn(wsgi.server, door, loadapp(conf, global_conf={}), log_output=False)
print(door.getsockname()[1], flush=True)
eventlet.tpool.execute(sys.stdin.read)
