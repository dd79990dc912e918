"""Composition root of the encoder: settings → shard → two services on one server → serve."""

import asyncio
import sys

from chartline.models.base_models import placement
from chartline.models.text_encoder import TextEncoder
from chartline.rpc.keys import read_secret
from chartline.rpc.paging import PageTokens
from chartline.rpc.server import serve
from services.encoder.servicer import services_of
from services.encoder.settings import EncoderSettings
from services.encoder.shard import LoadingShard, open_shard


def text_encoder(settings: EncoderSettings) -> TextEncoder:
    device, dtype = placement(settings.device, settings.dtype)
    return TextEncoder(settings.model_folder, device, dtype)


async def run(settings: EncoderSettings) -> int:
    """The exit code of the process."""
    shard = LoadingShard(lambda: open_shard(settings, lambda: text_encoder(settings)))
    services = services_of(shard, PageTokens(read_secret(settings.secret_file)))
    return await serve(settings, services, load=shard.load, close=[shard.close])


if __name__ == "__main__":
    sys.exit(asyncio.run(run(EncoderSettings())))
