"use client";
// Deskbell in a React tree: there while <Deskbell> is mounted, gone without a trace when it is not. The widget is no part of
// React's tree and is not drawn again by it; options that may change at any time are told to it, others start it anew.
import { boot } from "@deskbell/widget";
import { createContext, createElement, useContext, useEffect, useRef, useState } from "react";

const Handle = createContext(null);

/** Everything below can ask for the widget with useDeskbell(). */
export function Deskbell({ children, accent, theme, locale, customer, page, ...rest }) {
  const [widget, setWidget] = useState(null);
  const latest = useRef();
  latest.current = { accent, theme, locale, customer, page };
  // Functions (identity) are new at each drawing and mean the same; everything else is compared by what it says.
  const key = JSON.stringify(rest);
  const identity = useRef();
  identity.current = rest.identity;

  useEffect(() => {
    const { accent: a, theme: t, locale: l, customer: c, page: p } = latest.current;
    const options = Object.fromEntries(Object.entries({ ...rest, accent: a, theme: t, locale: l, customer: c, page: p }).filter(([, value]) => value !== undefined));
    if (typeof identity.current === "function") options.identity = () => identity.current();
    const started = boot(options);
    setWidget(started);
    return () => {
      setWidget(null);
      started.destroy();
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key]);

  const first = useRef(true);
  useEffect(() => {
    if (widget && !first.current && (accent || theme)) widget.theme({ accent, scheme: theme });
  }, [widget, accent, theme]);
  useEffect(() => {
    if (widget && !first.current && locale) widget.locale(locale);
  }, [widget, locale]);
  const who = JSON.stringify(customer);
  useEffect(() => {
    if (widget && !first.current && customer) widget.update(customer);
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [widget, who]);
  useEffect(() => {
    if (widget && !first.current && page) widget.page(page);
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [widget, page?.url, page?.title]);
  useEffect(() => {
    if (widget) first.current = false;
  }, [widget]);

  return createElement(Handle.Provider, { value: widget }, children);
}

/** The widget, or null before it has started (and on a server). */
export const useDeskbell = () => useContext(Handle);

/** Hears one event for as long as the component is mounted. */
export function useDeskbellEvent(name, listener) {
  const widget = useDeskbell();
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => widget?.on(name, (detail) => latest.current(detail)), [widget, name]);
}
