"""A process of its own for the tests of the lifecycle; its argument is its fault, a line on stdin lets calls end."""

import asyncio
import sys

from pydantic_settings import SettingsConfigDict
from rpc_parts import Gateway, gateway_service

from chartline.rpc.server import serve
from chartline.settings import ServiceSettings


class LifeSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="CHARTLINE_LIFE_")


async def main(fault: str) -> int:
    gateway = Gateway()
    gateway.hold.clear()

    async def load() -> None:
        print("loading", flush=True)
        if fault == "bad-load":
            raise ValueError("Jane Doe")
        if fault == "slow-load":
            await asyncio.Event().wait()

    async def work() -> None:
        if fault == "bad-work":
            raise ValueError("Jane Doe")
        await asyncio.Event().wait()

    async def first() -> None:
        print("first closed", flush=True)

    async def second() -> None:
        print("second closed", flush=True)
        raise ValueError("Jane Doe")

    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin, lambda: (loop.remove_reader(sys.stdin), gateway.hold.set()))
    return await serve(LifeSettings(), [gateway_service(gateway)], load=load, work=[work], close=[first, second])


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "")))
