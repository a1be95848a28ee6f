// A ball as the light sees it: the same for sprites and for grain.
uniform vec3 u_colours[8];
uniform vec3 u_sun;    // towards the light, view space
uniform vec3 u_up;     // towards the sky, view space
uniform vec3 u_gleam;  // halfway between the light and the eye, view space
uniform vec3 u_sun_colour;
uniform vec3 u_sky_colour;
uniform float u_outline;   // darkness of a line around the ball

const uint SETTLED = 1u;
const float STRIPE = 0.20;  // half its width, radii

float ball_shade(uint status) {
    if (status == SETTLED) return 0.72;
    return status > SETTLED ? 0.45 : 1.0;
}

vec3 ball_colour(uint colour, uint status) {
    return u_colours[colour & 7u] * ball_shade(status);
}

// Lighter than the ball, or darker if that is light itself; never so much that teams look alike.
vec3 ball_stripe_colour(vec3 plain) {
    float lightness = dot(plain, vec3(0.2126, 0.7152, 0.0722));
    if (lightness > 0.42) return plain * 0.42;
    vec3 shade = mix(sqrt(plain), vec3(1.0), mix(0.25, 0.5, smoothstep(0.0, 0.2, lightness)));
    return shade * shade;
}

// How much of a pixel a ball covers whose middle is `at` away, in radii; its diameter is in pixels.
float ball_coverage(vec2 at, float pixels) {
    return clamp((1.0 - length(at)) * 0.5 * pixels + 0.5, 0.0, 1.0);
}

// How much of a pixel the stripe covers: a band along the great circle around `pole`, view space.
float ball_stripe(vec2 at, float pixels, vec3 pole) {
    float front = sqrt(max(1.0 - dot(at, at), 0.0));
    float away = abs(dot(vec3(at, front), pole));
    // A pixel spans more of the ball near its rim.
    float soft = 2.0 / (pixels * max(front, 0.25));
    return clamp((STRIPE - away) / soft + 0.5, 0.0, 1.0);
}

// A ball that has come to rest gleams less.
float ball_gloss(uint status) {
    return status == 0u ? 0.55 : 0.16;
}

vec3 ball_light(vec2 at, float pixels, vec3 plain, float gloss) {
    float square = dot(at, at);
    vec3 normal = vec3(at, sqrt(max(1.0 - square, 0.0)));
    float sun = max(dot(normal, u_sun), 0.0);
    float sky = 0.5 + 0.5 * dot(normal, u_up);
    // Saturated on purpose: light scales the hue and never washes it out; only the highlight is white.
    vec3 light = 0.40 + 1.10 * sun * u_sun_colour + 0.34 * sky * sky * u_sky_colour;
    float gleam = max(dot(normal, u_gleam), 0.0);
    gleam *= gleam; gleam *= gleam; gleam *= gleam; gleam *= gleam; gleam *= gleam;
    float rim = 1.0 - normal.z;
    vec3 colour = plain * light * (1.0 - 0.42 * rim * rim) + gloss * gleam;
    // A pixel and a half, but never most of a small ball.
    float line = min(1.5, 0.12 * pixels);
    colour *= 1.0 - u_outline * clamp(line + 0.5 - (1.0 - sqrt(square)) * 0.5 * pixels, 0.0, 1.0);
    return sqrt(min(colour, 1.0));
}
