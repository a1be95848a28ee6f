// The drawn ground: where a share of the domain lies in scene space.
uniform sampler2D u_heights;
uniform vec2 u_half_size;

// Samples lie on the domain's borders, texels do not: map [0, 1] to the texel centres.
vec2 ground_texel(vec2 share) {
    vec2 size = vec2(textureSize(u_heights, 0));
    return (share * (size - 1.0) + 0.5) / size;
}

vec3 ground_point(vec2 share) {
    float height = textureLod(u_heights, ground_texel(share), 0.0).r;
    return vec3((share * 2.0 - 1.0) * u_half_size, height);
}
