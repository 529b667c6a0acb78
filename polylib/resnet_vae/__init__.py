"""The supplement's ResNet-VAE: the model, its settings, and a training that goes on where it was killed; controls."""

from polylib.resnet_vae.controls import recalibrated as recalibrated
from polylib.resnet_vae.controls import twin as twin
from polylib.resnet_vae.epochs import after_epoch as after_epoch
from polylib.resnet_vae.epochs import nearest_epoch as nearest_epoch
from polylib.resnet_vae.evaluation import evaluate as evaluate
from polylib.resnet_vae.many import place as place
from polylib.resnet_vae.many import train_many as train_many
from polylib.resnet_vae.model import STAGES as STAGES
from polylib.resnet_vae.model import ResNetVAE as ResNetVAE
from polylib.resnet_vae.settings import Settings as Settings
from polylib.resnet_vae.stimuli import interpolation as interpolation
from polylib.resnet_vae.stimuli import recompressed as recompressed
from polylib.resnet_vae.stimuli import translation as translation
from polylib.resnet_vae.training import train as train
