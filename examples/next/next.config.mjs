// With these rewrites Deskbell is part of the shop's own address: nothing third-party, no CORS, no extra entry in a content policy.
const deskbell = process.env.DESKBELL_URL ?? "http://127.0.0.1:8080";

export default {
  turbopack: { root: import.meta.dirname },
  async rewrites() {
    return [
      { source: "/widget.js", destination: `${deskbell}/widget.js` },
      { source: "/widget/:path*", destination: `${deskbell}/widget/:path*` },
      { source: "/v1/:path*", destination: `${deskbell}/v1/:path*` },
    ];
  },
};
