"""The supplement's ResNet-VAE: the model, its settings, and a training that goes on where it was killed."""

from polylib.resnet_vae.model import STAGES as STAGES
from polylib.resnet_vae.model import ResNetVAE as ResNetVAE
from polylib.resnet_vae.model import negative_elbo as negative_elbo
from polylib.resnet_vae.model import pixel_entropy as pixel_entropy
from polylib.resnet_vae.settings import Settings as Settings
from polylib.resnet_vae.training import evaluate as evaluate
from polylib.resnet_vae.training import train as train
