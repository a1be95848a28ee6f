// A ball as the light sees it: the same for sprites and for grain.
uniform vec3 u_colours[8];
uniform vec3 u_sun;    // towards the light, view space
uniform vec3 u_up;     // towards the sky, view space
uniform vec3 u_gleam;  // halfway between the light and the eye, view space
uniform vec3 u_sun_colour;
uniform vec3 u_sky_colour;
uniform float u_outline;   // darkness of a line around the ball

const uint SETTLED = 1u;

vec3 ball_colour(uint colour, uint status) {
    vec3 plain = u_colours[colour & 7u];
    if (status == SETTLED) return plain * 0.86;
    return status > SETTLED ? plain * 0.45 : plain;
}

// How much of a pixel a ball covers whose middle is `at` away, in radii; its diameter is in pixels.
float ball_coverage(vec2 at, float pixels) {
    return clamp((1.0 - length(at)) * 0.5 * pixels + 0.5, 0.0, 1.0);
}

vec3 ball_light(vec2 at, float pixels, vec3 plain) {
    float square = dot(at, at);
    vec3 normal = vec3(at, sqrt(max(1.0 - square, 0.0)));
    float sun = max(dot(normal, u_sun), 0.0);
    float sky = 0.5 + 0.5 * dot(normal, u_up);
    // Saturated on purpose: light scales the hue and never washes it out; only the highlight is white.
    vec3 light = 0.40 + 1.10 * sun * u_sun_colour + 0.34 * sky * sky * u_sky_colour;
    float gleam = max(dot(normal, u_gleam), 0.0);
    gleam *= gleam; gleam *= gleam; gleam *= gleam; gleam *= gleam; gleam *= gleam;
    float rim = 1.0 - normal.z;
    vec3 colour = plain * light * (1.0 - 0.42 * rim * rim) + 0.55 * gleam;
    // A pixel and a half, but never most of a small ball.
    float line = min(1.5, 0.12 * pixels);
    colour *= 1.0 - u_outline * clamp(line + 0.5 - (1.0 - sqrt(square)) * 0.5 * pixels, 0.0, 1.0);
    return sqrt(min(colour, 1.0));
}
