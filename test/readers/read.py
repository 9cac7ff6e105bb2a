"""Calls operations by the AWS CLI and prints what it prints of the answers.

Standard input and output are those of read.mjs, but for the values, which are
as the CLI shows them. The CLI's own entry is called once for each operation;
to start it anew for each would take minutes.
"""
import base64
import contextlib
import io
import json
import os
import sys
import tempfile

from awscli.clidriver import create_clidriver

try:
    from awscli.botocore import xform_name
except ImportError:  # version 1
    from botocore import xform_name

driver = create_clidriver()


def main():
    for call in json.load(sys.stdin):
        print(json.dumps(read(call)), flush=True)


def read(call):
    service, operation = call["Service"], call["Operation"]
    if operation not in driver.session.get_service_model(service).operation_names:
        return {"Unknown": True}
    args = [service, xform_name(operation, "-"), "--no-paginate", "--output", "json", "--endpoint-url", call["URL"]]
    try:
        if operation == "CreateVirtualMFADevice":
            return {"Output": with_seed(args + ["--virtual-mfa-device-name", "phone"])}
        shape = driver.session.get_service_model(service).operation_model(operation).input_shape
        given = {**(least(shape) if shape else {}), **call["Input"]}
        return {"Output": run(args + ["--cli-input-json", json.dumps(given)])}
    except Failed as e:
        return {"Error": str(e)}


def least(shape):
    """An input of the members that were required when the CLI was made."""
    if shape.type_name == "structure":
        return {name: least(shape.members[name]) for name in shape.required_members}
    if shape.type_name == "list":
        return [least(shape.member)]
    return "1" * shape.metadata.get("min", 1)


class Failed(Exception):
    pass


def run(args):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = driver.main(args)
    if status != 0:
        raise Failed(f"status {status}: {err.getvalue()}")
    return json.loads(out.getvalue() or "{}")


def with_seed(args):
    """The CLI puts the seed or its picture into a file instead of its output."""
    with tempfile.TemporaryDirectory() as folder:
        for member in "Base32StringSeed", "QRCodePNG":
            out = run(args + ["--outfile", os.path.join(folder, member), "--bootstrap-method", member])
        for member in os.listdir(folder):
            with open(os.path.join(folder, member), "rb") as f:
                out["VirtualMFADevice"][member] = base64.b64encode(f.read()).decode()
    return out


main()
