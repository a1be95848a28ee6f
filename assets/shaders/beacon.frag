#version 330 core
uniform vec3 u_ink;
in vec2 v_at;
out vec4 f_colour;

void main() {
    float height = v_at.y * 0.5 + 0.5;
    float across = abs(v_at.x);
    float core = 1.0 - smoothstep(0.10, 0.26, across);
    float halo = exp(-across * across * 5.0) * 0.5;
    f_colour = vec4(u_ink, (core + halo) * (1.0 - height) * (1.0 - height) * smoothstep(1.0, 0.6, across));
}
