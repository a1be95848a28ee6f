#version 330 core
#include "sprite.glsl"

void main() {
    place_ball();
}
