import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

/** A component whose code is fetched when it is first shown. */
export function lazily<P extends object>(load: () => Promise<ComponentType<P>>): (props: P) => preact.JSX.Element {
  let loaded: ComponentType<P> | null = null;
  return props => {
    const [Ready, setReady] = useState<ComponentType<P> | null>(() => loaded);
    useEffect(() => {
      if (Ready === null) void load().then(component => { loaded = component; setReady(() => component); });
    }, [Ready]);
    return Ready === null ? <p class="empty" aria-busy="true">Loading …</p> : <Ready {...props} />;
  };
}
