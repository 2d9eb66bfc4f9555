// The peer as its own examples use it: a list that is given all messages, and one more.
import { useState } from 'react';
import { createRoot } from 'react-dom/client';
import { flushSync } from 'react-dom';
import { ChatContainer, MainContainer, Message, MessageInput, MessageList } from '@chatscope/chat-ui-kit-react';
import '@chatscope/chat-ui-kit-styles/dist/default/styles.min.css';

function App() {
  const [texts, setTexts] = useState([]);
  window.peer = { add: (more) => flushSync(() => setTexts((before) => [...before, ...more])) };
  return (
    <div style={{ position: 'fixed', right: 20, bottom: 20, width: 380, height: 600 }}>
      <MainContainer>
        <ChatContainer>
          <MessageList>
            {texts.map((text, at) => <Message key={at} model={{ message: text, sender: 'Ana', direction: 'incoming', position: 'single' }} />)}
          </MessageList>
          <MessageInput placeholder="Write" />
        </ChatContainer>
      </MainContainer>
    </div>
  );
}

createRoot(document.getElementById('root')).render(<App />);
