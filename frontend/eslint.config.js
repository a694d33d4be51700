import js from '@eslint/js';
import hooks from 'eslint-plugin-react-hooks';
import { defineConfig, globalIgnores } from 'eslint/config';
import globals from 'globals';
import ts from 'typescript-eslint';

const node = ['*.ts', '*.js', 'scripts/**', 'e2e/**', 'src/**/*.test.{ts,tsx}'];

export default defineConfig(
  globalIgnores(['dist', 'wailsjs', 'shots']),
  js.configs.recommended,
  ts.configs.strictTypeChecked,
  ts.configs.stylisticTypeChecked,
  {
    languageOptions: {
      globals: globals.browser,
      parserOptions: {
        project: ['./tsconfig.json', './tsconfig.node.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { 'react-hooks': { rules: hooks.rules } },
    rules: {
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'error',
      // Numbers in templates are fine; so are `type`s where they read better.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-misused-promises': [
        'error',
        { checksVoidReturn: { attributes: false } },
      ],
      eqeqeq: 'error',
      'no-console': ['error', { allow: ['warn', 'error'] }],
      // What a strict CSP would refuse, or an XSS would love.
      'no-restricted-properties': [
        'error',
        { property: 'innerHTML', message: 'Build elements instead.' },
        { property: 'outerHTML', message: 'Build elements instead.' },
      ],
    },
  },
  {
    files: node,
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
    rules: { 'no-console': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  // What other people's clients are written in: plain JavaScript, without types.
  { files: ['e2e/oldclient/*.js'], extends: [ts.configs.disableTypeChecked] },
  { files: ['**/*.js'], rules: { '@typescript-eslint/explicit-function-return-type': 'off' } },
);
