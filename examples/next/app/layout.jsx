import Script from "next/script";

export const metadata = { title: "A shop" };

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>
        {children}
        <Script src="/widget.js" data-site="default" data-accent="#0b6e4f" strategy="afterInteractive" />
      </body>
    </html>
  );
}
