#version 330 core
uniform vec3 u_sun;    // towards the light, view space
uniform vec3 u_up;     // towards the sky, view space
uniform vec3 u_gleam;  // halfway between the light and the eye, view space
uniform vec3 u_sun_colour;
uniform vec3 u_sky_colour;
flat in vec3 v_colour;
flat in float v_pixels;
out vec4 f_colour;

void main() {
    // The sprite is a pixel wider than the ball, for a soft rim.
    vec2 at = (gl_PointCoord * 2.0 - 1.0) * vec2(1.0, -1.0) * (v_pixels + 1.0) / v_pixels;
    float square = dot(at, at);
    float coverage = clamp((1.0 - sqrt(square)) * 0.5 * v_pixels + 0.5, 0.0, 1.0);
    if (coverage <= 0.02) discard;
    vec3 normal = vec3(at, sqrt(max(1.0 - square, 0.0)));
    float sun = max(dot(normal, u_sun), 0.0);
    float sky = 0.5 + 0.5 * dot(normal, u_up);
    // Saturated on purpose: light scales the hue and never washes it out; only the highlight is white.
    vec3 light = 0.40 + 1.10 * sun * u_sun_colour + 0.34 * sky * sky * u_sky_colour;
    float gleam = max(dot(normal, u_gleam), 0.0);
    gleam *= gleam; gleam *= gleam; gleam *= gleam; gleam *= gleam; gleam *= gleam;
    float rim = 1.0 - normal.z;
    vec3 colour = v_colour * light * (1.0 - 0.42 * rim * rim) + 0.55 * gleam;
    f_colour = vec4(sqrt(min(colour, 1.0)), coverage);
}
