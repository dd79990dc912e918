"""The encoder's process with everything real but the model's weights, whose imports take seconds to start."""

import asyncio
import sys

from encoder_fakes import WordEncoder

from chartline.rpc.keys import read_secret
from chartline.rpc.paging import PageTokens
from chartline.rpc.server import serve
from services.encoder.servicer import services_of
from services.encoder.settings import EncoderSettings
from services.encoder.shard import LoadingShard, open_shard


async def run(settings: EncoderSettings) -> int:
    shard = LoadingShard(lambda: open_shard(settings, WordEncoder))
    services = services_of(shard, PageTokens(read_secret(settings.secret_file)))
    return await serve(settings, services, load=shard.load, close=[shard.close])


if __name__ == "__main__":
    sys.exit(asyncio.run(run(EncoderSettings())))
