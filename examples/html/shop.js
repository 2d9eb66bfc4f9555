// Commands may come before the script has: they wait in a queue.
window.Deskbell = window.Deskbell || function () { (window.Deskbell.q = window.Deskbell.q || []).push(arguments); };

document.getElementById("ask").addEventListener("click", () => {
  window.Deskbell("open", { message: "I have a question about the oak table: " });
});
window.Deskbell("on", "unread", (count) => {
  document.getElementById("unread").textContent = count > 0 ? `${count} new in the chat` : "";
});
