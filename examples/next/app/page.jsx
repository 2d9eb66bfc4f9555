"use client";

function ask() {
  window.Deskbell?.("open", { message: "I have a question about the oak table: " });
}

export default function Page() {
  return (
    <main>
      <h1>A shop</h1>
      <button type="button" onClick={ask}>Ask about this product</button>
    </main>
  );
}
