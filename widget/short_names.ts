// Names of properties that never leave the widget's own code, shortened in the built file. A name may stand here only
// if nobody outside can know it: not the protocol, not what is stored, not the page's commands, options or texts, not
// the DOM; and if nothing inside reaches it through a string. short_names.test.ts looks at all of that.

export const shortNames = [
  'askHuman', 'askingHuman', 'catchingUp', 'drawer', 'emit', 'emitter', 'everOpened', 'failAll', 'hasSession',
  'humanForm', 'letters', 'markRead', 'offersHuman', 'onStorage', 'openSocket', 'retryAfterMs', 'sendingId',
  'shell', 'snapshot', 'startUnlessTold', 'stopReason', 'takeWish', 'tellTyping', 'transportKind', 'troubled', 'updateCustomer',
];
